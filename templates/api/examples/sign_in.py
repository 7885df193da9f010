import os
import time

import requests

api = requests.Session()
api.headers["Authorization"] = f"Bearer {os.environ['TOKEN']}"
site = "{{ site }}/api/v1"

me = api.get(f"{site}/me/")
me.raise_for_status()
print(me.json()["email"])

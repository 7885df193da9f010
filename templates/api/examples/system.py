answer = requests.post(
    f"{site}/oauth/token/",
    data={"grant_type": "client_credentials", "scope": "read"},
    auth=(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]),
)
answer.raise_for_status()
api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
print(api.get(f"{site}/me/").json()["email"])

sessions, page = [], f"{site}/sessions/?project={os.environ['PROJECT']}&page_size=1000"
while page:
    answer = api.get(page)
    answer.raise_for_status()
    sessions += answer.json()["results"]
    page = answer.json()["next"]
print(len(sessions))

question = {
    "kind": "progress",
    "project": os.environ["PROJECT"],
    "from": "2026-01-01",
    "to": "2026-02-28",
    "language": "en",
}
asked = api.post(f"{site}/reports/", json=question)
asked.raise_for_status()
while (report := api.get(asked.headers["Location"]).json())["state"] in ("queued", "running"):
    time.sleep(2)
for file in report["files"]:
    with open(file["name"], "wb") as out:
        out.write(api.get(file["url"]).content)

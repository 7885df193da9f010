person = {
    "project": os.environ["PROJECT"],
    "school": os.environ["SCHOOL"],
    "given_name": "Marta",
    "family_name": "Ozola",
    "entered_on": "2026-01-12",
}
made = api.post(f"{site}/participants/", json=person, headers={"Idempotency-Key": "register-2026-0042"})
made.raise_for_status()
read = api.get(made.headers["Location"])
left = {"left_on": "2026-03-20"}
changed = api.patch(made.headers["Location"], json=left, headers={"If-Match": read.headers["ETag"]})
if changed.status_code == 412:
    print("changed since it was read:", changed.json()["current"])

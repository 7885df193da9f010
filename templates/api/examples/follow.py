copy, part = {}, f"{site}/changes/sessions/"
while True:
    answer = api.get(part)
    answer.raise_for_status()
    for change in answer.json()["results"]:
        if change["gone"]:
            copy.pop(change["key"], None)
        else:
            copy[change["key"]] = change["row"]
    part = answer.json()["next"]
    if not answer.json()["more"]:
        break
print(len(copy), part)

curl -sS --fail -H "Authorization: Bearer $TOKEN" -o part.json '{{ site }}/api/v1/changes/sessions/'
next=$(sed 's/.*"next":"\([^"]*\)".*/\1/' part.json)
curl -sS --fail -H "Authorization: Bearer $TOKEN" -o part.json "$next"

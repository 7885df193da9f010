report=$(curl -sS --fail -o /dev/null -w '%header{location}' -X POST \
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' '{{ site }}/api/v1/reports/' \
  -d '{"kind": "progress", "project": "'"$PROJECT"'", "from": "2026-01-01", "to": "2026-01-31", "language": "en"}')
until curl -sS --fail -H "Authorization: Bearer $TOKEN" "$report" | grep -q '"state":"done"'; do sleep 2; done
curl -sS --fail -OJ -H "Authorization: Bearer $TOKEN" "${report}files/0/"

person=$(curl -sS --fail -o /dev/null -w '%header{location}' -X POST \
  -H "Authorization: Bearer $TOKEN" -H 'Idempotency-Key: register-2026-0042' \
  -H 'Content-Type: application/json' '{{ site }}/api/v1/participants/' \
  -d '{"project": "'"$PROJECT"'", "school": "'"$SCHOOL"'", "given_name": "Marta", "family_name": "Ozola",
       "entered_on": "2026-01-12"}')
version=$(curl -sS --fail -o /dev/null -w '%header{etag}' -H "Authorization: Bearer $TOKEN" "$person")
curl -sS --fail -X PATCH -H "Authorization: Bearer $TOKEN" -H "If-Match: $version" \
  -H 'Content-Type: application/json' "$person" -d '{"left_on": "2026-03-20"}'

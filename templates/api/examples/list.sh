curl -sS --fail -H "Authorization: Bearer $TOKEN" \
  "{{ site }}/api/v1/sessions/?project=$PROJECT&page_size=100"
curl -sS --fail -H "Authorization: Bearer $TOKEN" -H 'Accept: text/csv' -o sessions.csv \
  "{{ site }}/api/v1/sessions/?project=$PROJECT"

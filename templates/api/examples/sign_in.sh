curl -sS --fail -H "Authorization: Bearer $TOKEN" '{{ site }}/api/v1/me/'

curl -sS --fail -u "$CLIENT_ID:$CLIENT_SECRET" -o token.json \
  -d grant_type=client_credentials -d scope=read '{{ site }}/api/v1/oauth/token/'
TOKEN=$(sed 's/.*"access_token": *"\([^"]*\)".*/\1/' token.json)
curl -sS --fail -H "Authorization: Bearer $TOKEN" '{{ site }}/api/v1/me/'

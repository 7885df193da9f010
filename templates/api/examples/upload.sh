upload=$(curl -sS --fail -o /dev/null -w '%header{location}' -X POST -H "Authorization: Bearer $TOKEN" \
  -H 'Tus-Resumable: 1.0.0' -H "Upload-Length: $(stat -c %s "$FILE")" \
  -H "Upload-Metadata: filename $(basename "$FILE" | base64 -w 0)" '{{ site }}/api/v1/uploads/')
there=$(curl -sS --fail -o /dev/null -w '%header{upload-offset}' --head \
  -H "Authorization: Bearer $TOKEN" -H 'Tus-Resumable: 1.0.0' "$upload")
tail -c +$((there + 1)) "$FILE" | curl -sS --fail -X PATCH -H "Authorization: Bearer $TOKEN" \
  -H 'Tus-Resumable: 1.0.0' -H 'Content-Type: application/offset+octet-stream' -H "Upload-Offset: $there" \
  --data-binary @- "$upload"
curl -sS --fail -X POST -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
  "{{ site }}/api/v1/sessions/$SESSION/evidence/" \
  -d '{"kind": "signed_list", "file": {"upload": "'"$(basename "$upload")"'"}}'

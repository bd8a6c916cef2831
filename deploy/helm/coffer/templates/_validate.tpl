{{/* What the schema of the values cannot say, in words that tell what to do. */}}
{{- define "coffer.validate" -}}
{{- if not .Values.appId }}{{ fail "appId is required: the identity of the application, as in --set appId=shop" }}{{ end -}}
{{- with .Values.image -}}
{{- if not (and .repository (or .tag .digest)) }}{{ fail "image.repository, and image.tag or image.digest, are required: build the image from deploy/container/Containerfile and push it where the nodes find it" }}{{ end -}}
{{- end -}}
{{- if and .Values.existingConfiguration (or .Values.scopes .Values.configuration) }}{{ fail "existingConfiguration names a Configuration that is there: leave scopes and configuration empty, or leave it out" }}{{ end -}}
{{- if hasKey .Values.configuration "secrets" }}{{ fail "configuration.secrets: write the scopes in `scopes`, so that the service account gets what they allow and no more" }}{{ end -}}
{{- if and (eq .Values.form "daemonset") (not .Values.token.secretName) }}{{ fail "token.secretName is required in the daemonset form: other pods can reach the port, so every call must carry a token" }}{{ end -}}
{{- end }}

{{- define "coffer.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{/* What the chart's pods are found by. */}}
{{- define "coffer.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "coffer.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "coffer.selectorLabels" . }}
{{- end }}

{{- define "coffer.serviceAccountName" -}}
{{ .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "coffer.fullname" .) "default") }}
{{- end }}

{{- define "coffer.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
{{- end }}

{{/* Name of the Configuration; empty when there is none. */}}
{{- define "coffer.configurationName" -}}
{{- if .Values.existingConfiguration -}}
{{ .Values.existingConfiguration }}
{{- else if or .Values.scopes .Values.configuration -}}
{{ include "coffer.fullname" . }}
{{- end -}}
{{- end }}

{{/* Secrets that scopes of the built-in store allow and no component refers to. As a JSON list. */}}
{{- define "coffer.allowedSecrets" -}}
{{- $names := list -}}
{{- if .Values.builtinStore -}}
{{- range .Values.scopes -}}
{{- if eq .storeName "kubernetes" -}}
{{- $names = concat $names (.allowedSecrets | default list) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range .Values.secrets.names -}}
{{- $names = without $names . -}}
{{- end -}}
{{ $names | uniq | sortAlpha | toJson }}
{{- end }}

{{/* How long it goes on serving after the signal to end. */}}
{{- define "coffer.blockSeconds" -}}
{{ and (eq .Values.form "sidecar") .Values.sidecar.native | ternary 0 (int .Values.shutdown.blockSeconds) }}
{{- end }}

{{/* Seconds that cofferd needs to end, with some to spare: no pod that it is in may have a shorter terminationGracePeriodSeconds. */}}
{{- define "coffer.shutdownSeconds" -}}
{{ add (include "coffer.blockSeconds" . | int) (int .Values.shutdown.graceSeconds) 5 }}
{{- end }}

{{/* Annotations that let Prometheus find the pod; empty unless they are asked for. */}}
{{- define "coffer.podAnnotations" -}}
{{- if and .Values.metrics.enabled .Values.metrics.annotations -}}
prometheus.io/scrape: 'true'
prometheus.io/port: {{ .Values.ports.metrics | quote }}
prometheus.io/path: /metrics
{{- end -}}
{{- end }}

{{/* Variables from which a client of cofferd learns where it is and what the token is. */}}
{{- define "coffer.appEnv" -}}
{{- $host := eq .Values.form "sidecar" | ternary "127.0.0.1" (printf "%s.%s.svc" (include "coffer.fullname" .) .Release.Namespace) -}}
- name: DAPR_HTTP_PORT
  value: {{ .Values.ports.http | quote }}
- name: DAPR_GRPC_PORT
  value: {{ .Values.ports.grpc | quote }}
- name: DAPR_HTTP_ENDPOINT
  value: {{ printf "http://%s:%v" $host .Values.ports.http | quote }}
- name: DAPR_GRPC_ENDPOINT
  value: {{ printf "%s:%v" $host .Values.ports.grpc | quote }}
{{- if .Values.token.secretName }}
- name: DAPR_API_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ .Values.token.secretName }}
      key: {{ .Values.token.key }}
{{- end }}
{{- end }}

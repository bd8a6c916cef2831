{{/*
What a Deployment, StatefulSet or Job of another chart includes (README.md has a whole one). The argument is this chart's own
scope: .Subcharts.coffer where it is a dependency.
*/}}

{{/* An item of initContainers; of containers when sidecar.native is false. */}}
{{- define "coffer.sidecar.container" -}}
{{- include "coffer.validate" . -}}
- {{ include "coffer.container" . | indent 2 | trim }}
{{- if .Values.sidecar.native }}
  restartPolicy: Always
{{- end }}
{{- end }}

{{/* Items of volumes. */}}
{{- define "coffer.sidecar.volumes" -}}
{{ include "coffer.volumes" . }}
{{- end }}

{{/* Items of the application container's env: where the API is, and the token. */}}
{{- define "coffer.sidecar.appEnv" -}}
{{ include "coffer.appEnv" . }}
{{- end }}

{{/* Labels of the pod, by which the NetworkPolicy and the PodMonitor find it. */}}
{{- define "coffer.sidecar.podLabels" -}}
coffer.dev/sidecar: {{ include "coffer.fullname" . }}
{{- end }}

{{/* Annotations of the pod; may be empty. */}}
{{- define "coffer.sidecar.podAnnotations" -}}
{{ include "coffer.podAnnotations" . }}
{{- end }}

{{/* Seconds to add to what the application needs, for the pod's terminationGracePeriodSeconds. */}}
{{- define "coffer.sidecar.shutdownSeconds" -}}
{{ include "coffer.shutdownSeconds" . }}
{{- end }}

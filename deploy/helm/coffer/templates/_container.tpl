{{/*
The container of cofferd, in both forms.

Its probes ask healthz/outbound whether it lives: that answers once the stores are up and depends on nothing outside, so an
application that is slow to start, or a store that is down, does not get it restarted. healthz tells whether the pod is ready;
it waits for the application's port too, and turns while a shutdown is under way.
*/}}
{{- define "coffer.container" -}}
{{- $sidecar := eq .Values.form "sidecar" -}}
{{- $health := $sidecar | ternary "public" "http" -}}
name: cofferd
image: {{ include "coffer.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  - --app-id={{ .Values.appId }}
  - --mode=kubernetes
  - --dapr-http-port={{ .Values.ports.http }}
  - --dapr-grpc-port={{ .Values.ports.grpc }}
{{- if $sidecar }}
  # The API stays on loopback, for the pod alone; the kubelet asks after its health on a port that has nothing else.
  - --dapr-listen-addresses=127.0.0.1
  - --dapr-public-port={{ .Values.ports.public }}
  - --dapr-public-listen-address=$(DAPR_HOST_IP)
  {{- with .Values.sidecar.appPort }}
  - --app-port={{ . }}
  {{- end }}
{{- else }}
  - --dapr-listen-addresses=$(DAPR_HOST_IP)
{{- end }}
{{- if .Values.metrics.enabled }}
  - --metrics-port={{ .Values.ports.metrics }}
  - --metrics-listen-address=$(DAPR_HOST_IP)
{{- else }}
  - --enable-metrics=false
{{- end }}
{{- with include "coffer.configurationName" . }}
  - --config={{ . }}
{{- end }}
{{- if not .Values.builtinStore }}
  - --disable-builtin-k8s-secret-store
{{- end }}
  - --log-level={{ .Values.log.level }}
  - --log-as-json={{ .Values.log.json }}
  - --enable-api-logging={{ .Values.log.apiCalls }}
  - --dapr-graceful-shutdown-seconds={{ .Values.shutdown.graceSeconds }}
{{- with include "coffer.blockSeconds" . | int }}
  - --dapr-block-shutdown-duration={{ . }}s
{{- end }}
{{- range .Values.args }}
  - {{ . | quote }}
{{- end }}
env:
  - name: NAMESPACE
    valueFrom:
      fieldRef:
        fieldPath: metadata.namespace
  - name: POD_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  - name: DAPR_HOST_IP
    valueFrom:
      fieldRef:
        fieldPath: status.podIP
{{- if .Values.token.secretName }}
  - name: DAPR_API_TOKEN
    valueFrom:
      secretKeyRef:
        name: {{ .Values.token.secretName }}
        key: {{ .Values.token.key }}
{{- end }}
{{- with .Values.env }}
{{ toYaml . | indent 2 }}
{{- end }}
ports:
{{- if $sidecar }}
  - name: public
    containerPort: {{ .Values.ports.public }}
{{- else }}
  - name: http
    containerPort: {{ .Values.ports.http }}
  - name: grpc
    containerPort: {{ .Values.ports.grpc }}
{{- end }}
{{- if .Values.metrics.enabled }}
  - name: metrics
    containerPort: {{ .Values.ports.metrics }}
{{- end }}
startupProbe:
  httpGet:
    path: /v1.0/healthz/outbound
    port: {{ $health }}
  periodSeconds: 1
  # It waits two minutes for the API server, and then says itself what is the matter.
  failureThreshold: 150
livenessProbe:
  httpGet:
    path: /v1.0/healthz/outbound
    port: {{ $health }}
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
readinessProbe:
  httpGet:
    path: /v1.0/healthz
    port: {{ $health }}
  periodSeconds: 5
  timeoutSeconds: 3
resources:
{{ toYaml .Values.resources | indent 2 }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
volumeMounts:
  # The service account's token is mounted here and nowhere else, so that the application cannot read secrets past the scopes.
  - name: coffer-service-account
    mountPath: /var/run/secrets/kubernetes.io/serviceaccount
    readOnly: true
{{- with .Values.volumeMounts }}
{{ toYaml . | indent 2 }}
{{- end }}
{{- end }}

{{/* The volumes of that container. */}}
{{- define "coffer.volumes" -}}
- name: coffer-service-account
  projected:
    defaultMode: 0444
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3607
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                fieldPath: metadata.namespace
{{- with .Values.volumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

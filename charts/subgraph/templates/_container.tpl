{{/* What the server and its migrations are given alike: environment, files. */}}
{{- define "subgraph.environment" -}}
envFrom:
  - configMapRef:
      name: {{ include "common.fullname" .root }}{{ .suffix }}
{{- $root := .root }}
{{- $database := .root.Values.database }}
{{- if and $database.existingSecret (not $database.env) }}
{{- fail "database.existingSecret needs database.env: the variable that the service reads its URL from" }}
{{- end }}
{{- /* The server's alone: a migration calls nobody and is called by nobody. */}}
{{- $signed := and .root.Values.signedCalls.enabled (not .suffix) }}
{{- if and $signed (not .root.Values.signedCalls.env) }}
{{- fail "signedCalls.enabled needs signedCalls.env: the variable that the service reads the shared secrets from, such as USERS_SIGNATURE_SECRETS; for a service that can't check signatures: --set signedCalls.enabled=false" }}
{{- end }}
{{- $metrics := .root.Values.metrics }}
{{- $measured := and $metrics.enabled (not .suffix) }}
{{- if and $measured (not $metrics.env) }}
{{- fail "metrics.enabled needs metrics.env: the variable that the service reads the port from, such as USERS_METRICS_PORT" }}
{{- end }}
{{- $traced := and .root.Values.tracing.enabled (not .suffix) }}
{{- if and $traced (not .root.Values.tracing.endpoint) }}
{{- fail "tracing.enabled needs tracing.endpoint: the collector's address for OTLP over HTTP, such as http://collector.observability:4318" }}
{{- end }}
{{- if or $traced $measured $signed $database.existingSecret .root.Values.secretEnv .root.Values.extraEnv }}
env:
  {{- if $database.existingSecret }}
  - name: {{ $database.env }}
    valueFrom:
      secretKeyRef:
        name: {{ $database.existingSecret }}
        key: {{ $database.key }}
  {{- end }}
  {{- if $measured }}
  - name: {{ $metrics.env }}
    value: {{ $metrics.port | quote }}
  {{- end }}
  {{- if $traced }}
  - name: OTEL_TRACES_EXPORTER
    value: otlp
  - name: OTEL_EXPORTER_OTLP_ENDPOINT
    value: {{ .root.Values.tracing.endpoint | quote }}
  - name: OTEL_SERVICE_NAME
    value: {{ include "common.fullname" .root }}
  - name: OTEL_TRACES_SAMPLER
    value: parentbased_traceidratio
  - name: OTEL_TRACES_SAMPLER_ARG
    value: {{ .root.Values.tracing.samplingRatio | quote }}
  - name: OTEL_RESOURCE_ATTRIBUTES
    value: k8s.namespace.name={{ .root.Release.Namespace }},k8s.deployment.name={{ include "common.fullname" .root }}
  {{- end }}
  {{- if $signed }}
  - name: {{ .root.Values.signedCalls.env }}
    valueFrom:
      secretKeyRef:
        name: {{ .root.Values.signedCalls.existingSecret }}
        key: {{ .root.Values.signedCalls.key }}
  {{- end }}
  {{- range $name, $from := .root.Values.secretEnv }}
  - name: {{ $name }}
    valueFrom:
      secretKeyRef:
        name: {{ $from.secret }}
        key: {{ $from.key }}
  {{- end }}
  {{- with .root.Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "common.containerSecurityContext" .root | nindent 2 }}
volumeMounts:
  {{- include "common.tmpMount" .root | nindent 2 }}
  {{- range $name, $file := .root.Values.secretFiles }}
  - name: {{ $name }}
    mountPath: {{ $file.mountPath }}
    readOnly: true
  {{- end }}
  {{- with .root.Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "subgraph.volumes" -}}
volumes:
  {{- include "common.tmpVolume" . | nindent 2 }}
  {{- range $name, $file := .Values.secretFiles }}
  - name: {{ $name }}
    secret:
      secretName: {{ $file.secret }}
      defaultMode: 0440
  {{- end }}
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

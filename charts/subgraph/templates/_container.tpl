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
{{- if or $database.existingSecret .root.Values.secretEnv .root.Values.extraEnv }}
env:
  {{- if $database.existingSecret }}
  - name: {{ $database.env }}
    valueFrom:
      secretKeyRef:
        name: {{ $database.existingSecret }}
        key: {{ $database.key }}
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

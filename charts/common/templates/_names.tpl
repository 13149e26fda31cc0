{{/* The name of the release's objects: fullnameOverride, or the release's name. */}}
{{- define "common.fullname" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/* What selects pods; never changes in the life of a release. `component` keeps the pods of hooks out. */}}
{{- define "common.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ include "common.fullname" . }}
app.kubernetes.io/component: server
{{- end }}

{{/* Labels of every object. */}}
{{- define "common.metaLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: {{ .Values.partOf }}
app.kubernetes.io/version: {{ include "common.version" . | quote }}
{{- end }}

{{- define "common.version" -}}
{{- default .Chart.AppVersion .Values.image.tag | trunc 63 -}}
{{- end }}

{{/* Labels of the server's pods: without the chart's version, whose change alone is no reason to roll them. */}}
{{- define "common.podLabels" -}}
{{ include "common.selectorLabels" . }}
app.kubernetes.io/part-of: {{ .Values.partOf }}
app.kubernetes.io/version: {{ include "common.version" . | quote }}
{{- end }}

{{/* All labels of an object that belongs to the server. */}}
{{- define "common.labels" -}}
{{ include "common.selectorLabels" . }}
{{ include "common.metaLabels" . }}
{{- end }}

{{/* Labels of what isn't the server: call with (dict "root" $ "component" "migrations"). */}}
{{- define "common.componentLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ include "common.fullname" .root }}
app.kubernetes.io/component: {{ .component }}
{{ include "common.metaLabels" .root }}
{{- end }}

{{/* An image: call with (dict "root" $ "image" .Values.image). A digest wins over the tag. */}}
{{- define "common.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ default .root.Chart.AppVersion .image.tag }}
{{- end -}}
{{- end }}

{{- define "common.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "common.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end }}

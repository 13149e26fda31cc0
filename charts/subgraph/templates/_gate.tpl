{{- define "subgraph.schemaName" -}}
{{- default (include "common.fullname" .) .Values.schema.name -}}
{{- end }}

{{- define "subgraph.schemaUrl" -}}
{{- default (printf "http://%s:%d/graphql" (include "common.fullname" .) (int .Values.service.port)) .Values.schema.url -}}
{{- end }}

{{- define "subgraph.gateAccount" -}}
{{- default (printf "%s-gate" (include "common.fullname" .)) .Values.schema.serviceAccount.name -}}
{{- end }}

{{/* A Job of the gate: call with (dict "root" $ "name" "check" "hooks" "pre-install" "weight" "-5" "arguments" (list ...)). */}}
{{- define "subgraph.gateJob" -}}
{{- $ := .root }}
{{- $gate := $.Values.schema }}
{{- if not $gate.image.repository }}
{{- fail "schema.enabled needs schema.image.repository: the router's image, which checks and publishes the schema" }}
{{- end }}
{{- if not (or $gate.sdl $gate.command) }}
{{- fail "schema.enabled needs the schema: --set-file schema.sdl=schema.graphql, or schema.command, which writes it to /candidate/schema.graphql" }}
{{- end }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "common.fullname" $ }}-schema-{{ .name }}
  labels:
    {{- include "common.componentLabels" (dict "root" $ "component" "schema-gate") | nindent 4 }}
  annotations:
    helm.sh/hook: {{ .hooks }}
    helm.sh/hook-weight: {{ .weight | quote }}
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  backoffLimit: 0
  activeDeadlineSeconds: {{ add $gate.timeoutSeconds 60 }}
  template:
    metadata:
      labels:
        {{- include "common.componentLabels" (dict "root" $ "component" "schema-gate") | nindent 8 }}
    spec:
      restartPolicy: Never
      serviceAccountName: {{ include "subgraph.gateAccount" $ }}
      automountServiceAccountToken: true
      enableServiceLinks: false
      securityContext:
        {{- include "common.podSecurityContext" $ | nindent 8 }}
      {{- with $.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if not $gate.sdl }}
      initContainers:
        - name: schema
          image: {{ include "common.image" (dict "root" $ "image" $.Values.image) }}
          imagePullPolicy: {{ $.Values.image.pullPolicy }}
          command: {{ toJson $gate.command }}
          securityContext:
            {{- include "common.containerSecurityContext" $ | nindent 12 }}
          resources:
            {{- toYaml $.Values.jobResources | nindent 12 }}
          volumeMounts:
            - name: candidate
              mountPath: /candidate
            {{- include "common.tmpMount" $ | nindent 12 }}
      {{- end }}
      containers:
        - name: gate
          image: {{ include "common.image" (dict "root" $ "image" $gate.image) }}
          imagePullPolicy: {{ $gate.image.pullPolicy }}
          command:
            - router
            - publish
            - {{ include "subgraph.schemaName" $ }}
            - --schema=/candidate/schema.graphql
            - --url={{ include "subgraph.schemaUrl" $ }}
            - --config-map={{ $gate.configMap }}
            - --timeout={{ $gate.timeoutSeconds }}
            {{- with $gate.routers }}
            - --routers={{ . }}
            {{- end }}
            {{- if $gate.operations.configMap }}
            - --operations=/operations/{{ $gate.operations.key }}
            {{- end }}
            {{- range .arguments }}
            - {{ . }}
            {{- end }}
          securityContext:
            {{- include "common.containerSecurityContext" $ | nindent 12 }}
          resources:
            {{- toYaml $.Values.jobResources | nindent 12 }}
          volumeMounts:
            - name: candidate
              mountPath: /candidate
              readOnly: true
            {{- if $gate.operations.configMap }}
            - name: operations
              mountPath: /operations
              readOnly: true
            {{- end }}
            {{- include "common.tmpMount" $ | nindent 12 }}
      volumes:
        - name: candidate
          {{- if $gate.sdl }}
          configMap:
            name: {{ include "common.fullname" $ }}-schema
          {{- else }}
          emptyDir:
            sizeLimit: 16Mi
          {{- end }}
        {{- with $gate.operations.configMap }}
        - name: operations
          configMap:
            name: {{ . }}
        {{- end }}
        {{- include "common.tmpVolume" $ | nindent 8 }}
{{- end }}

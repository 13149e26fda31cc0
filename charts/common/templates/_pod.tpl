{{/* Where the server's pods run, and how long they may take to stop. */}}
{{- define "common.podPlacement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .Values.topologySpread.enabled }}
topologySpreadConstraints:
  {{- range .Values.topologySpread.topologyKeys }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: {{ $.Values.topologySpread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "common.selectorLabels" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end }}

{{/* Rolling without loss: a new pod is ready before an old one goes. No `replicas` where an autoscaler counts. */}}
{{- define "common.rollout" -}}
{{- if not .Values.autoscaling.enabled }}
replicas: {{ .Values.replicaCount }}
{{- end }}
revisionHistoryLimit: 5
progressDeadlineSeconds: 600
strategy:
  type: RollingUpdate
  rollingUpdate:
    maxSurge: 1
    maxUnavailable: 0
selector:
  matchLabels:
    {{- include "common.selectorLabels" . | nindent 4 }}
{{- end }}

{{/* Three probes with three questions: has it started, is it alive, should it get requests? */}}
{{- define "common.probes" -}}
startupProbe:
  httpGet:
    path: {{ .Values.probes.livePath }}
    port: http
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: {{ .Values.probes.startupFailures }}
livenessProbe:
  httpGet:
    path: {{ .Values.probes.livePath }}
    port: http
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet:
    path: {{ .Values.probes.readyPath }}
    port: http
  periodSeconds: 5
  timeoutSeconds: {{ .Values.probes.readyTimeoutSeconds }}
  failureThreshold: 3
lifecycle:
  preStop:
    sleep:
      seconds: {{ .Values.shutdown.preStopSeconds }}
{{- end }}

{{/* A stop that is cut short loses requests, so bad sums are refused. */}}
{{- define "common.gracePeriod" -}}
{{- /* The last traces take up to five seconds more. */}}
{{- $traces := ternary 5 0 (dig "tracing" "enabled" false (.Values | merge dict)) }}
{{- $needed := add .Values.shutdown.preStopSeconds .Values.shutdown.drainSeconds .Values.shutdown.requestSeconds $traces }}
{{- if le (int .Values.shutdown.gracePeriodSeconds) (int $needed) }}
{{- fail (printf "shutdown.gracePeriodSeconds is %d; it must be more than preStopSeconds + drainSeconds + requestSeconds%s = %d, or requests are cut off while a pod stops" (int .Values.shutdown.gracePeriodSeconds) (ternary " + 5 for the last traces" "" (gt (int $traces) 0)) (int $needed)) }}
{{- end }}
{{- .Values.shutdown.gracePeriodSeconds }}
{{- end }}

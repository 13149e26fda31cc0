{{/* router.yaml: the chart's values, the times that must fit the pod's, where the shared secrets are, where traces go. */}}
{{- define "router.config" -}}
{{- $stop := dict "drain_delay" (printf "%ds" (int .Values.shutdown.drainSeconds)) "connection_shutdown_timeout" (printf "%ds" (int .Values.shutdown.requestSeconds)) -}}
{{- range $name := keys $stop }}
{{- if hasKey (default dict $.Values.config.supergraph) $name }}
{{- fail (printf "config.supergraph.%s follows from `shutdown` in this chart; set shutdown.drainSeconds and shutdown.requestSeconds" $name) }}
{{- end }}
{{- end }}
{{- if hasKey (default dict .Values.config.supergraph) "listen" }}
{{- fail "config.supergraph.listen follows from `port` in this chart" }}
{{- end }}
{{- if hasKey .Values.config "health_check" }}
{{- fail "config.health_check: leave it out; the probes, and the schema gate of each subgraph, ask /health/live and /health/ready" }}
{{- end }}
{{- $own := dict "supergraph" $stop }}
{{- if .Values.signedCalls.enabled }}
{{- $hmac := dict "hmac" (dict "secrets" "${env.SIGNATURE_SECRETS}") }}
{{- $_ := set $own "authentication" (dict "subgraph" (dict "all" $hmac)) }}
{{- end }}
{{- with .Values.tracing }}
{{- if .enabled }}
{{- if not .endpoint }}
{{- fail "tracing.enabled needs tracing.endpoint: the collector's address for OTLP over HTTP, such as http://collector.observability:4318" }}
{{- end }}
{{- $resource := dict "k8s.namespace.name" $.Release.Namespace "k8s.deployment.name" (include "common.fullname" $) }}
{{- $common := dict "service_name" (include "common.fullname" $) "sampler" .samplingRatio "parent_based_sampler" .obeyCallers "resource" $resource }}
{{- $tracing := dict "common" $common "otlp" (dict "enabled" true "endpoint" .endpoint) }}
{{- $_ := set $own "telemetry" (dict "exporters" (dict "tracing" $tracing)) }}
{{- end }}
{{- end }}
{{- toYaml (mustMergeOverwrite $own (deepCopy .Values.config)) }}
{{- end }}

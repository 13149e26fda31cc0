{{/* router.yaml: the chart's values, and the times that must fit the pod's. */}}
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
{{- toYaml (mustMergeOverwrite (dict "supergraph" $stop) (deepCopy .Values.config)) }}
{{- end }}

{{- /* Where the decision log is; nothing if it is off. The defaults are those of the configuration's reference. */ -}}
{{- define "lpa.decisionLog" -}}
{{- $log := .Values.config.decisionLog }}
{{- $beside := printf "%s/decisions.jsonl" (dir ((.Values.config.state | default dict).file | default "/state/state.json")) }}
{{- if kindIs "map" $log }}{{ ternary $log.file $beside (hasKey $log "file") }}
{{- else if kindIs "invalid" $log }}{{ $beside }}
{{- end }}
{{- end }}

{{- /* Not empty if the dashboard is on the pod's address, and so has a token. */ -}}
{{- define "lpa.reachable" -}}
{{- if and .Values.dashboard.enabled .Values.dashboard.tokenSecret.name }}yes{{ end }}
{{- end }}

{{- /* Refuses a dashboard that would have nothing to show. */ -}}
{{- define "lpa.checkDashboard" -}}
{{- $log := include "lpa.decisionLog" . }}
{{- if and .Values.dashboard.enabled (not $log) }}
{{- fail "dashboard.enabled is set, but config.decisionLog is off, so no log is written for it to show: leave config.decisionLog out, or set dashboard.enabled to false" }}
{{- end }}
{{- if and .Values.dashboard.enabled (not (hasPrefix "/state/" (clean $log))) }}
{{- fail (printf "dashboard.enabled is set, but the decision log is %s: it must be in /state, the volume that both containers have; set config.decisionLog.file" $log) }}
{{- end }}
{{- if and .Values.dashboard.podMonitor.enabled (not (include "lpa.reachable" .)) }}
{{- fail "dashboard.podMonitor.enabled is set, but Prometheus reaches the dashboard only with dashboard.enabled and a token: set dashboard.tokenSecret.name" }}
{{- end }}
{{- end }}

{{- /* The dashboard's container. It reads the log's place from the configuration that the autoscaler has. */ -}}
{{- define "lpa.dashboard" -}}
- name: dashboard
  image: {{ include "lpa.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  command:
    - /lpa
    - dashboard
    - --log-format=json
    {{- if include "lpa.reachable" . }}
    - --listen=:{{ .Values.dashboard.port }}
    - --token-file=/token/token
    {{- else }}
    - --listen=127.0.0.1:{{ .Values.dashboard.port }}
    {{- end }}
  {{- if not .Values.operator.enabled }}
  env:
    - name: configPath
      value: /config/config.yaml
  {{- end }}
  {{- /* The kubelet does not reach a loopback address. */}}
  {{- if include "lpa.reachable" . }}
  ports:
    - name: dashboard
      containerPort: {{ .Values.dashboard.port }}
  # Ready when there is a log to show. That there is none is not mended by a restart.
  readinessProbe:
    httpGet: {path: /healthz, port: dashboard}
  livenessProbe:
    httpGet: {path: /livez, port: dashboard}
    periodSeconds: 30
    timeoutSeconds: 5
  {{- end }}
  resources: {{- toYaml .Values.dashboard.resources | nindent 4 }}
  securityContext:
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop: [ALL]
  volumeMounts:
    - name: state
      mountPath: /state
      readOnly: true
    {{- if not .Values.operator.enabled }}
    - name: config
      mountPath: /config
      readOnly: true
    {{- end }}
    {{- if include "lpa.reachable" . }}
    - name: token
      mountPath: /token
      readOnly: true
    {{- end }}
{{- end }}

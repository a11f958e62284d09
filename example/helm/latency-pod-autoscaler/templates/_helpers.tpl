{{- define "lpa.name" -}}
{{- if contains "autoscaler" .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}{{ printf "%s-autoscaler" .Release.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "lpa.selector" -}}
app.kubernetes.io/name: latency-pod-autoscaler
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "lpa.labels" -}}
{{ include "lpa.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Chart.AppVersion }}
app.kubernetes.io/version: {{ . | quote }}
{{- end }}
{{- end }}

{{- /* The operator calls the ServiceAccount what it calls the rest. */ -}}
{{- define "lpa.serviceAccount" -}}
{{- if or .Values.operator.enabled (not .Values.serviceAccount.name) }}{{ include "lpa.name" . }}{{ else }}{{ .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{- define "lpa.scripts" -}}
{{- .Values.scriptsConfigMap | default (printf "%s-tasks" (include "lpa.name" .)) }}
{{- end }}

{{- define "lpa.group" -}}
{{- if contains "/" .Values.scaleTargetRef.apiVersion }}{{ splitList "/" .Values.scaleTargetRef.apiVersion | first }}{{ end }}
{{- end }}

{{- /* The configuration. YAML 1.1, which Helm reads values by, takes off for false. */ -}}
{{- define "lpa.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if and (hasKey $config "knee") (hasKey $config "decay") }}{{ fail "config.knee: is another policy than decay; keep one of them" }}{{ end }}
{{- if eq (toString $config.decisionLog) "false" }}{{ $_ := set $config "decisionLog" "off" }}{{ end }}
{{- toYaml $config }}
{{- end }}

{{- /* The Events that announce.event makes, which the operator's Role does not allow. */ -}}
{{- define "lpa.eventRule" -}}
{{- if (.Values.config.announce | default dict).event }}
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end }}
{{- end }}

{{- define "lpa.image" -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}

{{- /* The pod's annotations, beside those of a Deployment. */ -}}
{{- define "lpa.podAnnotations" -}}
{{- $own := dict }}
{{- if .Values.dashboard.enabled }}{{ $own = dict "kubectl.kubernetes.io/default-container" "autoscaler" }}{{ end }}
{{- with merge (deepCopy .Values.podAnnotations) $own }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{- /* The pod, of the Deployment or for the operator, but for its metadata. */ -}}
{{- define "lpa.podSpec" -}}
{{- include "lpa.checkDashboard" . }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  # So that a volume for the state is writable.
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
containers:
  - name: autoscaler
    image: {{ include "lpa.image" . }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    {{- with include "lpa.env" . | trim }}
    env: {{- . | nindent 6 }}
    {{- end }}
    {{- with .Values.envFrom }}
    envFrom: {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- if not .Values.operator.enabled }}
    ports:
      # The framework's API. Every request to it runs a load test, so it is no use as a probe, and nothing outside should reach it.
      - name: api
        containerPort: 5000
    {{- end }}
    resources: {{- toYaml .Values.resources | nindent 6 }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop: [ALL]
    volumeMounts:
      - name: tasks
        mountPath: /tasks
        readOnly: true
      - name: state
        mountPath: /state
      - name: tmp
        mountPath: /tmp
      {{- if not .Values.operator.enabled }}
      - name: config
        mountPath: /config
        readOnly: true
      {{- end }}
      {{- with .Values.volumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
  {{- if .Values.dashboard.enabled }}
  {{- include "lpa.dashboard" . | trim | nindent 2 }}
  {{- end }}
volumes:
  - name: tasks
    configMap:
      name: {{ include "lpa.scripts" . | quote }}
  {{- if not .Values.operator.enabled }}
  - name: config
    configMap:
      name: {{ include "lpa.name" . }}
  {{- end }}
  - name: state
    {{- if eq .Values.stateVolume.kind "persistentVolumeClaim" }}
    persistentVolumeClaim:
      claimName: {{ .Values.stateVolume.existingClaim | default (printf "%s-state" (include "lpa.name" .)) | quote }}
    {{- else }}
    emptyDir:
      sizeLimit: {{ .Values.stateVolume.size }}
    {{- end }}
  # Where Locust, if the script is one of its, records each request while a run lasts.
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
  {{- if include "lpa.reachable" . }}
  - name: token
    secret:
      secretName: {{ .Values.dashboard.tokenSecret.name | quote }}
      items:
        - key: {{ .Values.dashboard.tokenSecret.key | quote }}
          path: token
  {{- end }}
  {{- with .Values.volumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* What the operator sets by itself, and what the user adds. */ -}}
{{- define "lpa.env" -}}
{{- if not .Values.operator.enabled }}
- name: configPath
  value: /config/config.yaml
- name: scaleTargetRef
  value: {{ pick .Values.scaleTargetRef "apiVersion" "kind" "name" | toJson | quote }}
- name: namespace
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- end }}
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- end }}

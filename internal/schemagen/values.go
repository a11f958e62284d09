package main

// valuesSchema is that of the Helm chart's values, by which Helm itself refuses what is wrong. Beside what is the chart's own
// it has the configuration, of which a whole autoscaler needs the host and the targets.
func valuesSchema(config node) node {
	config = config.with("description", "config.yaml: the framework's keys and the autoscaler's.")
	delete(config, "$id")
	delete(config, "title")
	delete(config, "allOf")              // two policies, of which the chart's template tells in a sentence, and a schema with "false schema"
	kubernetes := node{"type": "object"} // Kubernetes itself is strict about what it gets
	values := closed(map[string]node{
		"scaleTargetRef": closed(map[string]node{
			"apiVersion": filledText(), "kind": filledText(), "name": filledText(),
			"resource": node{"type": "string", "description": "The resource's name in a Role, if it is not the kind in lower case and an s."},
		}, "apiVersion", "kind", "name"),
		"config":            node{"allOf": []node{config, autoscaler()}},
		"scripts":           node{"type": "object", "additionalProperties": node{"type": "string"}},
		"scriptsConfigMap":  node{"type": "string"},
		"image":             closed(map[string]node{"repository": filledText(), "tag": {"type": "string"}, "pullPolicy": word("Always", "IfNotPresent", "Never")}, "repository"),
		"imagePullSecrets":  list(kubernetes),
		"env":               list(node{"type": "object", "required": []string{"name"}}),
		"envFrom":           list(kubernetes),
		"volumes":           list(node{"type": "object", "required": []string{"name"}}),
		"volumeMounts":      list(node{"type": "object", "required": []string{"name", "mountPath"}}),
		"resources":         kubernetes,
		"serviceAccount":    closed(map[string]node{"create": boolean(), "name": {"type": "string"}, "annotations": kubernetes}),
		"rbac":              closed(map[string]node{"create": boolean()}),
		"operator":          closed(map[string]node{"enabled": boolean()}),
		"podAnnotations":    kubernetes,
		"podLabels":         kubernetes,
		"nodeSelector":      kubernetes,
		"tolerations":       list(kubernetes),
		"affinity":          kubernetes,
		"priorityClassName": {"type": "string"},
		"global":            kubernetes,
		"stateVolume": closed(map[string]node{
			"kind": word("emptyDir", "persistentVolumeClaim"), "size": pattern(`^[0-9.]+([EPTGMk]i?)?$`, "a quantity such as 64Mi"),
			"storageClassName": {"type": "string"}, "existingClaim": {"type": "string"},
		}),
		"networkPolicy": closed(map[string]node{
			"enabled": boolean(), "egress": list(kubernetes), "dashboardFrom": list(kubernetes),
			"apiServerPorts": some(node{"type": "integer", "minimum": 1, "maximum": 65535}),
		}),
		"dashboard": closed(map[string]node{
			"enabled":     boolean(),
			"tokenSecret": closed(map[string]node{"name": {"type": "string"}, "key": filledText()}),
			"port":        {"type": "integer", "minimum": 1024, "maximum": 65535},
			"resources":   kubernetes,
			"podMonitor": closed(map[string]node{
				"enabled": boolean(), "interval": pattern(`^[0-9]+(ms|s|m|h)$`, "a time such as 30s"), "labels": kubernetes,
			}),
		}),
		"podDisruptionBudget": closed(map[string]node{
			"enabled": boolean(), "maxUnavailable": {"type": []string{"integer", "string"}},
		}),
	}, "scaleTargetRef", "config")
	return values.with("title", "The values of the chart latency-pod-autoscaler")
}

// closed is an object with these keys and no others, which cannot be left empty.
func closed(keys map[string]node, required ...string) node {
	return mapping(keys, required...).with("type", "object")
}

// filledText is a text that is not empty.
func filledText() node { return node{"type": "string", "minLength": 1} }

// autoscaler is what an autoscaler needs of a configuration.
func autoscaler() node {
	return node{
		"required":   []string{"metric", "evaluate", "loadTest", "targets"},
		"properties": node{"loadTest": node{"type": "object", "required": []string{"host"}}},
	}
}

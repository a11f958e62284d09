package main

import (
	"github.com/latency-pod-autoscaler/lpa/schema"
	"github.com/spf13/cobra"
)

func newSchemaCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a file, for editors",
		Long: `Schema prints a JSON Schema, draft 7. An editor that speaks to the YAML language server completes and checks a file by it that
begins with

  # yaml-language-server: $schema=FILE`,
		Example: "  lpa schema config > config.schema.json\n  lpa schema tasks > tasks.schema.json",
	}
	cmd.AddCommand(
		newSchemaOf("config", "Print the schema of config.yaml", schema.Config),
		newSchemaOf("tasks", "Print the schema of task scripts in YAML", schema.Tasks),
	)
	return cmd
}

func newSchemaOf(name, short string, text []byte) *cobra.Command {
	return &cobra.Command{
		Use:     name,
		Short:   short,
		Example: "  lpa schema " + name + " > " + name + ".schema.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(text)
			return err
		},
	}
}

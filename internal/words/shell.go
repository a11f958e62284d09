package words

import "strings"

// shellSafe are the characters that no shell takes for anything else.
const shellSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+"

// Shell is an argument as a shell takes it, for commands that people copy.
func Shell(argument string) string {
	if argument != "" && strings.Trim(argument, shellSafe) == "" {
		return argument
	}
	return "'" + strings.ReplaceAll(argument, "'", `'\''`) + "'"
}

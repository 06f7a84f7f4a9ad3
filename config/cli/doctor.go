package cli

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"drover/agent"
	"drover/agent/command"
	"drover/agent/doctor"
	"drover/agent/ollama"
	"drover/agent/sandbox"
	"drover/config"
)

func newDoctor() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out what works here and what does not",
		Long: "Check the configuration, the folder for state, the commands, the model server, its models and what it has in memory,\n" +
			"and say what to do about what does not work.\n\nExit codes: 0 everything works, 1 something does not.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report := doctor.New(doctor.Version())
			examine(cmd, report)
			write := report.WriteText
			if asJSON {
				write = report.WriteJSON
			}
			if err := write(cmd.OutOrStdout()); err != nil {
				return err
			}
			if !report.OK {
				return exit(exitFailed)
			}
			return nil
		},
	}
	config.BindFlags(cmd.Flags(), only("state-dir", "journal", "host", "model", "workers"))
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// examine looks at one thing after the other, as far as each can be looked at without the one before.
func examine(cmd *cobra.Command, report *doctor.Report) {
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		report.Fail("configuration", err)
		return
	}
	read := c.File
	if read == "" {
		read = "there is no file " + configFile(cmd) + ", the defaults are in force"
	}
	report.Add("configuration", doctor.OK, read, "")
	if file, err := c.OpenLog(); err != nil {
		report.Fail("state", err)
	} else {
		_ = file.Close()
		report.Add("state", doctor.OK, c.StateDir+" can be written", "")
	}
	if c.Engine.Journal {
		report.Journal(c.StateDir)
	} else {
		report.Add("journal", doctor.Hint, fmt.Sprintf("nothing is kept (%v)", c.Origin("journal")), "set journal to true")
	}
	box := sandbox.Available()
	switch gaps := strings.Join(box.Gaps, "; "); {
	case box.Name == "":
		report.Add("sandbox", doctor.Hint, "there is none for commands of tasks that work: "+gaps,
			"every one of these commands is asked for")
	case gaps != "":
		report.Add("sandbox", doctor.Hint, box.Name+"; "+gaps, "nothing has to be done")
	default:
		report.Add("sandbox", doctor.OK, box.Name+" holds back the commands of tasks that work", "")
	}
	commands := command.New(commandSettings(c))
	for _, name := range slices.Sorted(maps.Keys(c.Commands.Profiles)) {
		request := agent.Request{Prompt: "x", Command: []string{name}}
		if err := commands.Check(cmd.Context(), request); err != nil {
			report.Fail("command "+name, err)
		} else {
			report.Add("command "+name, doctor.OK, "it can be run", "")
		}
	}
	var clients []*ollama.Client
	for _, server := range c.Servers.Servers {
		options := c.Servers.Client
		options.Host = server.Host
		client, err := ollama.New(options)
		if err != nil {
			report.Fail("server", err)
			return
		}
		defer client.Close()
		clients = append(clients, client)
	}
	report.Servers(cmd.Context(), clients, c.Engine.Workers)
}

package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"drover/config"
)

func newConfig() *cobra.Command {
	show := func(cmd *cobra.Command, _ []string) error {
		c, err := config.Load(cmd.Flags(), os.Getenv)
		if err != nil {
			return err
		}
		return c.Show(cmd.OutOrStdout())
	}
	path := func(cmd *cobra.Command, _ []string) error {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), configFile(cmd))
		return err
	}
	write := func(cmd *cobra.Command, _ []string) error {
		path := configFile(cmd)
		if err := config.Init(path); err != nil {
			return err
		}
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "wrote", path)
		return err
	}
	command := func(use, short string, uses func(string) bool, do func(*cobra.Command, []string) error) *cobra.Command {
		cmd := &cobra.Command{Use: use, Short: short, Args: noArgs, RunE: do}
		config.BindFlags(cmd.Flags(), uses)
		return cmd
	}
	cmd := command("config", "The settings: where they are and what they are", except(), show)
	cmd.AddCommand(
		command("show", "Print every setting and where it comes from", except(), show),
		newKeys(),
		command("path", "Print where the configuration file is looked for", only(), path),
		command("init", "Write a configuration file with every setting explained", only(), write),
	)
	return cmd
}

func configFile(cmd *cobra.Command) string { return config.File(cmd.Flags(), os.Getenv) }

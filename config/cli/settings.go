package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"drover/config"
)

func newConfig() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "The settings: where they are and what they are", Args: noArgs}
	show := &cobra.Command{
		Use: "show", Short: "Print every setting and where it comes from", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(cmd.Flags(), os.Getenv)
			if err != nil {
				return err
			}
			return c.Show(cmd.OutOrStdout())
		},
	}
	cmd.RunE = show.RunE
	cmd.AddCommand(show, newKeys(), &cobra.Command{
		Use: "path", Short: "Print where the configuration file is looked for", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), configFile(cmd))
			return err
		},
	}, &cobra.Command{
		Use: "init", Short: "Write a configuration file with every setting explained", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path := configFile(cmd)
			if err := config.Init(path); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "wrote", path)
			return err
		},
	})
	return cmd
}

func configFile(cmd *cobra.Command) string { return config.File(cmd.Flags(), os.Getenv) }

package pool

import (
	"strings"

	"drover/agent/setting"
)

// maxServers bounds what a mistake can make of a list of servers.
const maxServers = 16

// Settings declares what people can set of the configuration, with that of its clients.
func (c *Config) Settings() []setting.Setting {
	return append(c.Client.Settings(), setting.Setting{
		Name: "host", Shared: "OLLAMA_HOST", Default: "http://127.0.0.1:11434", Value: serversValue(&c.Servers),
		Usage: "where the Ollama server listens: a URL, a host, or host:port, and more of them for several servers; " +
			"#slots=N behind one says how many requests it works on at once",
	}, setting.Setting{
		Name: "cloud-slots", Default: "3", Value: setting.Number(&c.CloudSlots, 1, maxCloudSlots),
		Usage: "how many requests to models in the cloud are under way at once, 1 to 10",
	})
}

// serversValue takes addresses with commas between them, which no address has, and keeps them as they were written.
func serversValue(to *[]Server) setting.Value {
	var texts []string
	return setting.Value{
		Kind: setting.KindTexts, Arg: "URL", Want: "the address of a server such as http://127.0.0.1:11434",
		Set: func(text string) error {
			list := strings.Split(text, ",")
			for i := range list {
				if list[i] = strings.TrimSpace(list[i]); list[i] == "" {
					return setting.ErrRefused
				}
			}
			if len(list) > maxServers {
				return setting.ErrRefused
			}
			servers, err := ParseServers(list)
			if err != nil {
				return err
			}
			*to, texts = servers, list
			return nil
		},
		Get: func() string { return strings.Join(texts, ",") },
	}
}

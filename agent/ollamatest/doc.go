// Package ollamatest is a model server in this process that speaks the protocol of Ollama and whose models
// follow a script. The fast tests use it, because it can be made to fail in every way a real server can
// ([Fault]), and the demo uses it, because it needs no download ([Demo]).
//
// It lists, shows and loads models, and streams chats and completions at a set speed. A model works on a
// set number of requests at once, and further ones wait without a word, as in the real server. What it was
// asked, how many streams and connections there were and who hung up can be read ([Server.Stats],
// [Server.Requests]) and waited for ([Server.Wait]).
//
// Nothing in it depends on package testing. Time is the time of package time, so it runs under
// testing/synctest together with [StartPipe].
package ollamatest

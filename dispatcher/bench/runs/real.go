package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"drover/agent/ollamatest/realserver"
)

// perAnswer is how many tokens the model Count says, with the end of the text.
const perAnswer = 401

// speed measures drover, drover that keeps nothing, and curl against a real server, by turns.
func speed(ctx context.Context, d *drover, rounds, tasks int) error {
	binary, err := realserver.Find()
	if err != nil {
		return err
	}
	server, err := realserver.Run(binary, realserver.Settings()...)
	if err != nil {
		return err
	}
	defer server.Close()
	defer context.AfterFunc(ctx, server.Close)()
	host := server.URL.String()
	if err := curls(ctx, host, lanes); err != nil { // loads the model
		return err
	}
	methods := []struct {
		name string
		run  func() error
	}{
		{"drover", func() error { _, err := d.run(ctx, host, realserver.Count, tasks); return err }},
		{"drover without a journal", func() error {
			_, err := d.run(ctx, host, realserver.Count, tasks, "--journal=false")
			return err
		}},
		{"curl", func() error { return curls(ctx, host, tasks) }},
	}
	ratios := make([][]float64, len(methods)) // of drover to each of the others
	for round := range rounds {
		rates := make([]float64, len(methods))
		for i := range methods {
			method := (i + round) % len(methods) // each is first, in the middle and last in turn
			start := time.Now()
			if err := methods[method].run(); err != nil {
				return err
			}
			rates[method] = float64(tasks*perAnswer) / time.Since(start).Seconds()
		}
		for method := range methods {
			ratios[method] = append(ratios[method], rates[0]/rates[method])
			fmt.Printf("real server: %s %.0f tokens/s\n", methods[method].name, rates[method])
		}
	}
	for method := 1; method < len(methods); method++ {
		slices.Sort(ratios[method])
		median := (ratios[method][(rounds-1)/2] + ratios[method][rounds/2]) / 2
		fmt.Printf("real server: drover to %s: median of %d rounds %.3f\n", methods[method].name, rounds, median)
	}
	return nil
}

// curls makes so many requests with curl, ten at a time.
func curls(ctx context.Context, host string, requests int) error {
	curl, err := exec.LookPath("curl")
	if err != nil {
		return fmt.Errorf("there is nothing to compare with: %w", err)
	}
	body := `{"model":"` + realserver.Count + `","messages":[{"role":"user","content":"go"}]}`
	next, failures := make(chan struct{}, requests), make(chan error, requests)
	for range requests {
		next <- struct{}{}
	}
	close(next)
	var streams sync.WaitGroup
	for range lanes {
		streams.Go(func() {
			for range next {
				command := exec.CommandContext(ctx, curl, "-sSN", host+"/api/chat", "-d", body)
				answer, err := command.Output()
				if err == nil && !strings.Contains(string(answer), `"done":true`) {
					err = fmt.Errorf("it answered %.200q", answer)
				}
				if err != nil {
					failures <- fmt.Errorf("curl: %w", err)
				}
			}
		})
	}
	streams.Wait()
	close(failures)
	return <-failures
}

// Answers the questions on standard input (a JSON list) through the Dapr SDK, which takes address and token from the environment.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"slices"
	"time"

	"github.com/dapr/go-sdk/client"
	"google.golang.org/grpc/status"
)

type question struct {
	Operation string
	Store     string
	Key       string
}

type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type answer struct {
	Value any      `json:"value,omitempty"`
	Error *failure `json:"error,omitempty"`
}

type metadata struct {
	ID         string   `json:"id"`
	Components []string `json:"components"`
}

func main() {
	log.SetFlags(0)
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		log.Fatal(err)
	}
	dapr, err := client.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	defer dapr.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	answers := make([]answer, 0, len(questions))
	for _, asked := range questions {
		value, err := ask(ctx, dapr, asked)
		if err != nil {
			answers = append(answers, answer{Error: &failure{status.Code(err).String(), err.Error()}})
		} else {
			answers = append(answers, answer{Value: value})
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}

func ask(ctx context.Context, dapr client.Client, asked question) (any, error) {
	switch asked.Operation {
	case "get":
		return dapr.GetSecret(ctx, asked.Store, asked.Key, nil)
	case "bulk":
		return dapr.GetBulkSecret(ctx, asked.Store, nil)
	case "metadata":
		response, err := dapr.GetMetadata(ctx)
		if err != nil {
			return nil, err
		}
		components := make([]string, 0)
		for _, component := range response.RegisteredComponents {
			components = append(components, component.Name)
		}
		slices.Sort(components)
		return metadata{response.ID, components}, nil
	default:
		return nil, fmt.Errorf("unknown operation %q", asked.Operation)
	}
}

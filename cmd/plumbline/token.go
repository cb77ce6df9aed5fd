package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// token prints a token of the running development stack, and nothing else, on standard output.
func (p process) token(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("token", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	user := flags.String("user", "", "")
	if err := flags.Parse(args); err != nil || *user == "" || flags.NArg() > 0 {
		return errUsage{"say for whom: plumbline token --user lead@opr.example"}
	}
	running, err := p.stack()
	if err != nil {
		return fmt.Errorf("tokens are issued by a development stack only: %w", err)
	}
	token, err := askIssuer(ctx, running.Issuer.URL, *user)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, token)
	return err
}

// patience is how long the issuer, which runs on this machine, may take.
const patience = 10 * time.Second

func askIssuer(ctx context.Context, issuer, user string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	form := strings.NewReader(url.Values{"user": {user}}.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, issuer+"/token", form)
	if err != nil {
		return "", fmt.Errorf("the issuer's address is wrong: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("the development stack's issuer does not answer: %w", err)
	}
	defer response.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
		Reason      string `json:"error_description"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return "", fmt.Errorf("the issuer's answer cannot be read: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("no token for %s: %s", user, answer.Reason)
	}
	return answer.AccessToken, nil
}

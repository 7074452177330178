//go:build tools

// Package tools names the program that build.sh makes, so that go.mod and go.sum pin it.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"

//go:build tools

// Package tools names the programs that build.sh makes, so that go.mod and go.sum pin them.
package tools

import _ "k8s.io/kubernetes/cmd/kube-apiserver"

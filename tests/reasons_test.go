package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Reasons of refusals are labels of a metric: each is a constant of package auth, and stands in the documents.
func TestReasonsAreConstants(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../auth/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, reason := range reasons(file) {
			if text, ok := constant(reason); !ok {
				t.Errorf("%s: a reason that is not a constant", set.Position(reason.Pos()))
			} else if text != "" {
				found++
				if label, _, _ := strings.Cut(text, ":"); !strings.Contains(string(page), label) {
					t.Errorf("%s: docs/observability.md does not have %q", set.Position(reason.Pos()), label)
				}
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d reasons were found", found)
	}
}

// aboutKeys say why a key is left out, which no credential is refused by.
var aboutKeys = map[string]bool{"parseJWK": true, "parseJWKSet": true, "checkKey": true}

// reasons are what a file gives as one: in a Refusal, and where a function has a result of that name.
func reasons(file *ast.File) (all []ast.Expr) {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || aboutKeys[f.Name.Name] {
			continue
		}
		at := resultNamedReason(f.Type.Results)
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if kind, ok := n.Type.(*ast.Ident); ok && kind.Name == "Refusal" {
					all = append(all, n.Elts[1])
				}
			case *ast.AssignStmt:
				for i, to := range n.Lhs {
					if name, ok := to.(*ast.Ident); ok && name.Name == "reason" && i < len(n.Rhs) {
						all = append(all, n.Rhs[i])
					}
				}
			case *ast.FuncLit:
				return false
			case *ast.ReturnStmt:
				if at >= 0 && at < len(n.Results) {
					all = append(all, n.Results[at])
				}
			}
			return true
		})
	}
	return all
}

// resultNamedReason is its place, -1 where there is none.
func resultNamedReason(results *ast.FieldList) int {
	if results == nil {
		return -1
	}
	i := 0
	for _, field := range results.List {
		for _, name := range field.Names {
			if name.Name == "reason" {
				return i
			}
			i++
		}
	}
	return -1
}

// constant gives the text of a literal, "" of what is one elsewhere: a variable or result that is called reason, a
// constant, a call of what gives one.
func constant(e ast.Expr) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.Ident:
		return "", e.Name == "reason" || e.Name == "badClaims" || e.Name == "badHeader"
	case *ast.BinaryExpr: // of a literal and a setting
		left, ok := constant(e.X)
		right, isName := e.Y.(*ast.Ident)
		return left, ok && isName && right.Name == "algorithm"
	case *ast.CallExpr:
		return "", true
	}
	return "", false
}

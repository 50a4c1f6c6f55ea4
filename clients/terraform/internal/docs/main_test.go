package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

const root = "../.."

func TestThePagesAreAsTheSchemasAre(t *testing.T) {
	expected, err := pages(root)
	if err != nil {
		t.Fatal(err)
	}
	committed := map[string]string{}
	folder := filepath.Join(root, "docs")
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		committed[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range expected {
		if committed[name] != text {
			t.Errorf("docs/%s is stale: run ./dev.sh docs", name)
		}
	}
	for name := range committed {
		if _, ok := expected[name]; !ok {
			t.Errorf("docs/%s is of nothing that there is: run ./dev.sh docs", name)
		}
	}
}

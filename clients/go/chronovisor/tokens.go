package chronovisor

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// TokenFile is a source of the token in a file that another program keeps fresh: it is read again when it has changed.
func TokenFile(path string) TokenSource {
	file := &tokenFile{path: path}
	return file.token
}

type tokenFile struct {
	path  string
	mutex sync.Mutex
	// Of what was read last.
	known    os.FileInfo
	modified time.Time
	text     string
}

func (f *tokenFile) token(context.Context) (string, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	found, err := os.Stat(f.path)
	if err != nil {
		return "", err
	}
	if f.known != nil && os.SameFile(f.known, found) && found.ModTime().Equal(f.modified) && found.Size() == f.known.Size() {
		return f.text, nil
	}
	content, err := os.ReadFile(f.path)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(content))
	if !isPrintable(text) || text == "" {
		return "", fmt.Errorf("%s: a token must be printable ASCII, in one line", f.path)
	}
	f.known, f.modified, f.text = found, found.ModTime(), text
	return text, nil
}

func isPrintable(text string) bool {
	return !strings.ContainsFunc(text, func(char rune) bool { return char < ' ' || char > '~' })
}

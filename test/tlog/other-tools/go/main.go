// Answers questions about checkpoints, proofs and folders of tiles with golang.org/x/mod/sumdb, which knows nothing of gexlake. Reads
// a JSON array of questions from standard input and writes one of answers.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Kind              string
	File, Key, Folder string
	Text              string
	Entry             []byte
	Index, Size       int64
	From, To          int64
	Level, Width      int
	Root              tlog.Hash
	FromRoot, ToRoot  tlog.Hash
	Proof             []tlog.Hash
}

type answer struct {
	Accepted bool   `json:"accepted"`
	Why      string `json:"why"`
	Text     string `json:"text"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		log.Fatal(err)
	}
	answers := []answer{}
	for _, q := range questions {
		text, err := ask(q)
		if err != nil {
			answers = append(answers, answer{Why: err.Error()})
		} else {
			answers = append(answers, answer{Accepted: true, Text: text})
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}

func ask(q question) (string, error) {
	switch q.Kind {
	case "checkpoint":
		tree, err := open([]byte(q.File), q.Key)
		if err == nil && (tree.N != q.Size || tree.Hash != q.Root) {
			err = errors.New("another size or root")
		}
		return "", err
	case "inclusion":
		return "", tlog.CheckRecord(q.Proof, q.Size, q.Root, q.Index, tlog.RecordHash(q.Entry))
	case "consistency":
		return "", tlog.CheckTree(q.Proof, q.To, q.ToRoot, q.From, q.FromRoot)
	case "folder":
		return "", checkFolder(q.Folder, q.Key)
	case "path":
		return pathOf(tlog.Tile{H: 8, L: q.Level, N: q.Index, W: q.Width}), nil
	case "generate":
		signer, verifier, err := note.GenerateKey(rand.Reader, q.Text)
		return signer + "\n" + verifier, err
	case "sign":
		signer, err := note.NewSigner(q.Key)
		if err != nil {
			return "", err
		}
		signed, err := note.Sign(&note.Note{Text: q.Text}, signer)
		return string(signed), err
	}
	log.Fatalf("unknown question %q", q.Kind)
	return "", nil
}

// open reads a checkpoint that the key has signed. The origin is ours, so the line of Go's own logs is put in its place.
func open(file []byte, key string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(file, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if origin != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("the origin is %q", origin)
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

// checkFolder reads every entry of a log and holds it against the tiles, and these against the checkpoint.
func checkFolder(folder, key string) error {
	file, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := open(file, key)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, tiles(folder))
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return errors.New("the tiles give another root")
	}
	for first := int64(0); first < tree.N; first += 256 {
		if err := checkBundle(folder, reader, first, min(256, tree.N-first)); err != nil {
			return err
		}
	}
	return nil
}

func checkBundle(folder string, reader tlog.HashReader, first, width int64) error {
	path := tlog.Tile{H: 8, L: -1, N: first / 256, W: int(width)}.Path()
	bundle, err := os.ReadFile(filepath.Join(folder, strings.Replace(path, "tile/8/data/", "tile/entries/", 1)))
	if err != nil {
		return err
	}
	indexes := []int64{}
	for at := first; at < first+width; at++ {
		indexes = append(indexes, tlog.StoredHashIndex(0, at))
	}
	hashes, err := reader.ReadHashes(indexes)
	if err != nil {
		return err
	}
	rest := bytes.NewReader(bundle)
	for at, hash := range hashes {
		var length uint16
		if err := binary.Read(rest, binary.BigEndian, &length); err != nil {
			return err
		}
		entry := make([]byte, length)
		if _, err := io.ReadFull(rest, entry); err != nil {
			return err
		}
		if tlog.RecordHash(entry) != hash {
			return fmt.Errorf("entry %d is another: %s", first+int64(at), base64.StdEncoding.EncodeToString(entry))
		}
	}
	if rest.Len() > 0 {
		return fmt.Errorf("%s has %d bytes too many", path, rest.Len())
	}
	return nil
}

// pathOf is the path of a hash tile. Go's paths say the height of a tile, C2SP's do not.
func pathOf(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
}

// tiles reads hash tiles from a folder.
type tiles string

func (folder tiles) Height() int { return 8 }

func (folder tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (folder tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	read := [][]byte{}
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(string(folder), pathOf(tile)))
		if err != nil {
			return nil, err
		}
		read = append(read, data)
	}
	return read, nil
}

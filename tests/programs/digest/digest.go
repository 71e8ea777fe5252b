// Digest reads JSON objects, one a line, and prints each in canonical form with its SHA-256, then what the numbers in
// all of them add up to by key, and the Merkle root of the digests. Lines that are no JSON object are counted; the exit
// code is 3 if there were any.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
)

type tally struct {
	count int
	sum   float64
}

func add(tallies map[string]*tally, path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			add(tallies, path+"."+key, inner)
		}
	case []any:
		for _, inner := range v {
			add(tallies, path+"[]", inner)
		}
	case float64:
		if tallies[path] == nil {
			tallies[path] = &tally{}
		}
		tallies[path].count++
		tallies[path].sum += v
	}
}

func root(hashes [][32]byte) [32]byte {
	if len(hashes) == 0 {
		return [32]byte{}
	}
	for len(hashes) > 1 {
		var above [][32]byte
		for i := 0; i < len(hashes); i += 2 {
			right := hashes[min(i+1, len(hashes)-1)]
			above = append(above, sha256.Sum256(append(hashes[i][:], right[:]...)))
		}
		hashes = above
	}
	return hashes[0]
}

func main() {
	tallies := map[string]*tally{}
	var hashes [][32]byte
	faults := 0
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<16), 1<<24)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		var object map[string]any
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			fmt.Printf("%q: %v\n", text, err)
			faults++
			continue
		}
		canonical, _ := json.Marshal(object)
		hash := sha256.Sum256(canonical)
		hashes = append(hashes, hash)
		fmt.Printf("%x %s\n", hash[:8], canonical)
		add(tallies, "", object)
	}
	var paths []string
	for path := range tallies {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		fmt.Printf("%s: %d, sum %.6g\n", path, tallies[path].count, tallies[path].sum)
	}
	fmt.Printf("root %x\n", root(hashes))
	if faults > 0 {
		os.Exit(3)
	}
}

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of utime and stime in /proc: USER_HZ is 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// stat is what of /proc/PID/stat counts here (proc(5), fields 4 and 14 to 17).
type stat struct {
	parent int
	used   time.Duration // of the process and of its children that have ended
}

func readStat(pid int) (stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(text)
}

func parseStat(text []byte) (s stat, err error) {
	// A command's name may have spaces and brackets: what counts stands after the last bracket.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	numbers := make([]int, 15)
	if len(fields) < len(numbers) {
		return s, fmt.Errorf("%q is not the text of a /proc/PID/stat", text)
	}
	for i := 1; i < len(numbers); i++ {
		if numbers[i], err = strconv.Atoi(string(fields[i])); err != nil {
			return s, err
		}
	}
	ticks := numbers[11] + numbers[12] + numbers[13] + numbers[14]
	return stat{numbers[1], time.Duration(ticks) * tick}, nil
}

// family gives the stats of a process and of all that descend from it.
func family(root int) (map[int]stat, error) {
	paths, _ := filepath.Glob("/proc/[0-9]*")
	all := map[int]stat{}
	for _, path := range paths {
		pid, _ := strconv.Atoi(filepath.Base(path))
		if s, err := readStat(pid); err == nil { // others end while we look
			all[pid] = s
		}
	}
	if _, ok := all[root]; !ok {
		return nil, fmt.Errorf("process %d is not in /proc: it ended, or this is not Linux, where alone CPU is measured", root)
	}
	members := map[int]stat{root: all[root]}
	for grown := true; grown; {
		grown = false
		for pid, s := range all {
			if _, in := members[pid]; in {
				continue
			}
			if _, child := members[s.parent]; child {
				members[pid], grown = s, true
			}
		}
	}
	return members, nil
}

// cpu is the time that processes and their descendants have used so far.
func cpu(roots ...int) (total time.Duration, err error) {
	for _, root := range roots {
		members, err := family(root)
		if err != nil {
			return 0, err
		}
		for _, s := range members {
			total += s.used
		}
	}
	return total, nil
}

// resident and peak are a process's memory in bytes, now and at most so far.
func resident(pid int) (int64, error) { return memoryOf(pid, "VmRSS:") }
func peak(pid int) (int64, error)     { return memoryOf(pid, "VmHWM:") }

func memoryOf(pid int, name string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == name {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no %s", pid, name)
}

package main

import (
	"fmt"
	"html"
	"math"
	"strings"
	"time"
)

// plot is a chart of bars on a logarithmic scale: its values lie a hundredfold apart.
type plot struct {
	file, title string
	bars        []bar
}

type bar struct {
	name  string
	value float64
	label string
}

func (b *bench) plotThroughput(all []*contender) {
	through := plot{file: "throughput.svg", title: fmt.Sprintf("Throughput, times bare Echo, %d connections (logarithmic, longer is better)", middling)}
	latency := plot{file: "p99.svg", title: fmt.Sprintf("p99 latency at full load, %d connections (logarithmic, shorter is better)", middling)}
	for _, c := range all {
		if c.target == nil {
			continue
		}
		ratio, slow := c.over(all[0], rate).median, time.Duration(c.own(p99).median)
		through.bars = append(through.bars, bar{c.name, ratio, short(ratio)})
		latency.bars = append(latency.bars, bar{c.name, slow.Seconds() * 1000, milliseconds(slow)})
	}
	b.report.plots = append(b.report.plots, through, latency)
}

// The measures of a chart in pixels.
const (
	chartWidth = 760
	nameWidth  = 210
	barHeight  = 22
	barStep    = 32
	titleSpace = 48
	axisSpace  = 30
)

// style is readable on light and on dark pages; text keeps its own colour, bars have one hue.
const style = `text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:15px}.axis{fill:#59636e;font-size:11px}
.bar{fill:#2f6fbf}.reference{fill:#8b949e}.grid{stroke:#d1d9e0}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.axis{fill:#9198a1}.bar{fill:#6cb0ff}.reference{fill:#7d8590}.grid{stroke:#3d444d}}`

// svg draws the chart. The scale runs over whole powers of ten around the values.
func (p plot) svg() string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, b := range p.bars {
		low, high = min(low, math.Floor(math.Log10(b.value)-0.1)), max(high, math.Ceil(math.Log10(b.value)))
	}
	room := float64(chartWidth - nameWidth - 80)
	at := func(exponent float64) float64 { return nameWidth + (exponent-low)/max(high-low, 1)*room }
	height := titleSpace + len(p.bars)*barStep + axisSpace
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s"><style>%s</style>`+"\n", chartWidth, height, html.EscapeString(p.title), style)
	fmt.Fprintf(&s, `<text class="title" x="0" y="20">%s</text>`+"\n", html.EscapeString(p.title))
	for e := low; e <= high; e++ {
		fmt.Fprintf(&s, `<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/><text class="axis" text-anchor="middle" x="%.1f" y="%d">%v</text>`+"\n",
			at(e), at(e), titleSpace-8, height-axisSpace, at(e), height-10, math.Pow(10, e))
	}
	for i, b := range p.bars {
		y, class := titleSpace+i*barStep, "bar"
		if b.name == bareEcho {
			class = "reference"
		}
		end := at(math.Log10(b.value))
		fmt.Fprintf(&s, `<text text-anchor="end" x="%d" y="%d">%s</text><rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"/><text x="%.1f" y="%d">%s</text>`+"\n",
			nameWidth-10, y+16, html.EscapeString(b.name), class, nameWidth, y, end-nameWidth, barHeight, end+6, y+16, html.EscapeString(b.label))
	}
	s.WriteString("</svg>\n")
	return s.String()
}

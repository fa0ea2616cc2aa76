// Package oracle measures whether the time of a login tells which users there are: make oracle.
package oracle

import (
	"math"
	"slices"
	"time"
)

// quantile is that of sorted samples, between the two nearest.
func quantile(sorted []time.Duration, q float64) time.Duration {
	at := q * float64(len(sorted)-1)
	low, part := int(at), at-math.Floor(at)
	if low+1 == len(sorted) {
		return sorted[low]
	}
	return sorted[low] + time.Duration(part*float64(sorted[low+1]-sorted[low]))
}

// mannWhitney is the two-sided p-value of the Mann–Whitney U test: how likely two samples of one distribution
// differ by as much. By the normal approximation with its corrections for ties and continuity, good from some 20
// values each.
func mannWhitney(a, b []time.Duration) float64 {
	all := slices.Sorted(slices.Values(append(slices.Clone(a), b...)))
	ranks, ties := map[time.Duration]float64{}, 0.0
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j] == all[i] {
			j++
		}
		n := float64(j - i)
		ranks[all[i]], ties = float64(i+j+1)/2, ties+n*n*n-n
		i = j
	}
	sum, m, n := 0.0, float64(len(a)), float64(len(b))
	for _, x := range a {
		sum += ranks[x]
	}
	u, mean := sum-m*(m+1)/2, m*n/2
	deviation := math.Sqrt(m * n / 12 * (m + n + 1 - ties/((m+n)*(m+n-1))))
	if deviation == 0 {
		return 1
	}
	return min(1, math.Erfc(max(0, math.Abs(u-mean)-0.5)/deviation/math.Sqrt2))
}

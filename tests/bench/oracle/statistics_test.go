package oracle

import (
	"math"
	"testing"
	"time"
)

func durations(values ...int) (list []time.Duration) {
	for _, v := range values {
		list = append(list, time.Duration(v))
	}
	return list
}

// The p-values are those of SciPy's mannwhitneyu(a, b, method="asymptotic").
func TestMannWhitney(t *testing.T) {
	for _, test := range []struct {
		a, b []time.Duration
		want float64
	}{
		{durations(19, 22, 16, 29, 24), durations(20, 11, 17, 12), 0.1113468878},
		{durations(1, 2, 2, 3, 5, 5, 5), durations(2, 4, 5, 6, 6, 7, 8), 0.0595571026},
		{durations(1, 2, 3), durations(1, 2, 3), 1},
		{durations(1, 1, 1), durations(1, 1, 1), 1},
	} {
		if got := mannWhitney(test.a, test.b); math.Abs(got-test.want) > 1e-6 {
			t.Errorf("%v and %v: %.10f, want %.10f", test.a, test.b, got, test.want)
		}
	}
}

func TestQuantile(t *testing.T) {
	sorted := durations(10, 20, 30, 40)
	for q, want := range map[float64]time.Duration{0: 10, 0.25: 17, 0.5: 25, 1: 40} {
		if got := quantile(sorted, q); got != want {
			t.Errorf("%v: %v, want %v", q, got, want)
		}
	}
}

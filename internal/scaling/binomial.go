package scaling

import "math"

// atLeast is the chance of k or more hits in n trials of chance p each, atMost that of k or fewer. Both are exact: they are
// regularised incomplete beta functions, P(X ≥ k) = I_p(k, n−k+1) (NIST DLMF 8.17.5). A hit rate is proven to be above p,
// at confidence c, where atLeast is at most 1 − c; that is where the bound of Clopper and Pearson is above p.
func atLeast(k, n int, p float64) float64 {
	switch {
	case k <= 0:
		return 1
	case k > n:
		return 0
	}
	return beta(p, float64(k), float64(n-k)+1)
}

func atMost(k, n int, p float64) float64 {
	switch {
	case k < 0:
		return 0
	case k >= n:
		return 1
	case k == 0:
		return math.Exp(float64(n) * math.Log1p(-p))
	}
	return beta(1-p, float64(n-k), float64(k)+1)
}

// studentAbove is the chance that Student's t of the given degrees of freedom is above t (Abramowitz and Stegun 26.7.1).
func studentAbove(t, degrees float64) float64 {
	tail := beta(degrees/(degrees+t*t), degrees/2, 0.5) / 2
	if t < 0 {
		return 1 - tail
	}
	return tail
}

// beta is the regularised incomplete beta function I_x(a, b), by its continued fraction (NIST DLMF 8.17.22), which
// converges fast where x is below the mean of the distribution; elsewhere I_x(a, b) = 1 − I_1−x(b, a).
func beta(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - beta(1-x, b, a)
	}
	logA, _ := math.Lgamma(a)
	logB, _ := math.Lgamma(b)
	logAB, _ := math.Lgamma(a + b)
	front := math.Exp(logAB-logA-logB+a*math.Log(x)+b*math.Log1p(-x)) / a
	return front * betaFraction(x, a, b)
}

// betaFraction evaluates 1/(1 + d1/(1 + d2/(1 + …))) by the method of Lentz, as Thompson and Barnett (1986) modified it.
func betaFraction(x, a, b float64) float64 {
	const (
		tiny  = 1e-300
		exact = 1e-14
		most  = 100_000 // the number of terms grows with the root of a and b: enough for a billion samples
	)
	away := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/away(1-(a+b)*x/(a+1))
	f := d
	for i := 1; i < most; i++ {
		m := float64(i)
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d, c = 1/away(1+even*d), away(1+even/c)
		f *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d, c = 1/away(1+odd*d), away(1+odd/c)
		f *= d * c
		if math.Abs(d*c-1) < exact {
			break
		}
	}
	return f
}

// Package e2e tests the whole: the image, the framework inside it and the fibonacci example, on a real cluster. It holds only tests.
//
// The tests of the example's, the chart's and the bases' files need no cluster, and run with all others. Those that need one are built with
// the tag e2e (make e2e), so that none is passed by without one. The cluster is the one of KUBECONFIG. They build nothing: E2E_IMAGE is the
// autoscaler's image, E2E_APP_IMAGE and E2E_SHOP_IMAGE those of the examples' services, all known to the cluster's nodes or to a registry
// that they reach. They need kubectl and bash for the documented commands, work in namespaces of their own, which they delete, and take
// about ten minutes.
package e2e

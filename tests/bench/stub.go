package main

import "context"

func logins(ctx context.Context, b *bench) error          { return nil }
func memory(ctx context.Context, b *bench) error          { return nil }
func idleConnections(ctx context.Context, b *bench) error { return nil }
func growth(ctx context.Context, b *bench) error          { return nil }
func revocation(ctx context.Context, b *bench) error      { return nil }
func instances(ctx context.Context, b *bench) error       { return nil }
func cold(ctx context.Context, b *bench) error            { return nil }

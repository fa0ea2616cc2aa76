package config

import "countersign/models"

// Secret is a setting that must not be seen.
type Secret = models.Secret

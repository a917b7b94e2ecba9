"""Where people judge: findings, proposals, decisions."""

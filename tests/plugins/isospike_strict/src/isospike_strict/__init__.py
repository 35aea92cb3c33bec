"""A backend over array-api-strict: what does not keep to the Array API standard fails."""

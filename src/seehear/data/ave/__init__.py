"""The AVE data set (Tian et al., ECCV 2018) as it is published: annotations, splits, features, weak labels."""
